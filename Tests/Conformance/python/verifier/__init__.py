"""A verifier of Tamga's evidence, written from Ledger/FORMATS.md and the C2SP documents alone; tamga_verify.py is its command line."""
