"""What the reports read besides sums of transfers, a file for each thing that they read. No write."""
