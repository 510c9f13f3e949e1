"""What a worker tells about itself: health, lag and metrics."""
