"""Exports that run in processes of their own: start, register and status."""
