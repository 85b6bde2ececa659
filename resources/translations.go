package resources

import "embed"

// Translations are the window's texts, one file a language, named by its tag. The keys are the English texts.
//
//go:embed translations/*.json
var Translations embed.FS
