package widget

import (
	"fyne.io/fyne/v2"
	fw "fyne.io/fyne/v2/widget"
)

// NewParagraph is a text that takes as many lines as it needs.
func NewParagraph(text string, color fyne.ThemeColorName) fyne.CanvasObject {
	rich := fw.NewRichText(&fw.TextSegment{Text: text, Style: fw.RichTextStyle{ColorName: color, SizeName: "text"}})
	rich.Wrapping = fyne.TextWrapWord
	return rich
}
