package resources

import "embed"

// Icons are the icon set, one SVG a name on a 24-unit grid with 1.7-unit round strokes, and the app's own icon.
//
//go:embed icons
var Icons embed.FS
