"""What is kept so that it is made once: in memory and on disk, both bounded."""
