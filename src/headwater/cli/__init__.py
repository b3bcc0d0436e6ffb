"""The command line. All printing happens here."""
