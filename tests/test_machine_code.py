"""A compiled function is kept as machine code, and loaded from it without the compiler."""

import ctypes

import pytest
from numba import cfunc, types

from core import machine_code


def doubled(value, found):
    found[0] = 2 * value


def divided(value, found):
    found[0] = 1 // value  # raises an error at 0, which only numba can


def compiled(function):
    signature = types.void(types.int64, types.CPointer(types.int64))
    return cfunc(signature, forceinline=True)(function)


def called(address, value) -> int:
    found = ctypes.c_int64()
    machine_code.function(address, ctypes.c_int64, ctypes.c_void_p)(value, ctypes.addressof(found))
    return found.value


@pytest.fixture
def package(monkeypatch, tmp_path):
    """The folder of some sources, whose code is kept in ``cache/``."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "package").mkdir()
    (tmp_path / "package/source.py").write_text("a = 1")
    return tmp_path / "package"


def forbidden():
    raise AssertionError("compiled again")


def test_a_function_is_compiled_once_until_its_sources_change_or_its_code_is_damaged(package, caplog):
    assert called(machine_code.load(package, lambda: compiled(doubled), "compiling"), 21) == 42
    assert called(machine_code.load(package, forbidden, "compiling"), 4) == 8
    (kept,) = package.parent.rglob("code.bin")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        kept.write_bytes(damaged)
        with pytest.raises(AssertionError):
            machine_code.load(package, forbidden, "compiling")
    kept.write_bytes(whole)
    (package / "source.py").write_text("a = 2")
    with pytest.raises(AssertionError):
        machine_code.load(package, forbidden, "compiling")
    assert caplog.messages == ["compiling"] * 5


def test_a_function_that_needs_numba_is_not_kept(package):
    assert called(machine_code.load(package, lambda: compiled(divided), "compiling"), 1) == 1
    assert not list(package.parent.rglob("code.bin"))


def test_where_no_folder_can_be_written_to_the_function_is_compiled_each_time(package, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "file"))
    for value in (1, 2):
        assert called(machine_code.load(package, lambda: compiled(doubled), "compiling"), value) == 2 * value
