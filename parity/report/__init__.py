"""Records and tables -> what people look at: the terminal, pictures, the results folder."""
