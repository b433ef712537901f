"""How does the watch run for years? The loop, its agenda, the process apart, the lock and what it tells of itself."""
