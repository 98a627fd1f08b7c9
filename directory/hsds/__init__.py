"""Records ↔ HSDS 3.1 and the dialects that feeds are written in: pure values, no file, no database, no clock."""
