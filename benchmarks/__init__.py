"""What is promised about speed, measured. Each module prints its ratios; `make bench` runs them all."""
