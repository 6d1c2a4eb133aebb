"""Benchmarks that anyone can run, ``python -m core bench NAME``: all in one process, turn by turn."""
