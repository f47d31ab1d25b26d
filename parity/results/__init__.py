"""Many pairs into one folder: campaigns, tables, pictures, and what differs between two folders."""
