"""What all HTML pages share: one look, drawings as inline SVG, and how figures are put into words."""
