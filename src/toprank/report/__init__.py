"""What people look at: phrases, plots and templates."""
