"""What two packages or more use and that knows no domain word; no rule of the directory, of care or of the fund."""
