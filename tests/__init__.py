"""Tests; what several of them use lies beside them and is imported from here."""
