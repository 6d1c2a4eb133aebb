"""Caches of limited size: in memory and on disk."""
