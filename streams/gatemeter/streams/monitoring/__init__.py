"""What a worker tells about itself: its state, its lag, its health, its metrics; and the watchdog that ends it."""
