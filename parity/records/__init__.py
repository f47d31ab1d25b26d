"""What the stages hand on: frozen records, and the files that hold them. No framework here."""
