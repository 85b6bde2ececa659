package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fw "fyne.io/fyne/v2/widget"
)

// NewParagraph is a text that takes as many lines as it needs.
func NewParagraph(text string, color fyne.ThemeColorName) fyne.CanvasObject {
	rich := fw.NewRichText(&fw.TextSegment{Text: text, Style: fw.RichTextStyle{ColorName: color, SizeName: "text"}})
	rich.Wrapping = fyne.TextWrapWord
	// Rich text has space around it that the other texts have not.
	pad := -fyne.CurrentApp().Settings().Theme().Size("innerPadding")
	return container.New(layout.NewCustomPaddedLayout(pad, pad, pad, pad), rich)
}
