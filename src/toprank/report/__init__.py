"""What people look at: one table value with two renderers, phrases, plots and templates."""
