"""The report's own ports (torch_port/as_reported): trained as it did, and what each quirk costs."""
