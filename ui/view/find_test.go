package view

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/widget"
)

// texts are all texts that can be seen, top to bottom as they are laid out.
func texts(o fyne.CanvasObject) string {
	var all []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *widget.Text:
			all = append(all, o.Text())
		case *fw.RichText:
			all = append(all, o.String())
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
			return
		case *container.Scroll:
			walk(o.Content)
			return
		}
		if w, ok := o.(fyne.Widget); ok {
			for _, child := range test.WidgetRenderer(w).Objects() {
				walk(child)
			}
		}
	}
	walk(o)
	return strings.Join(all, "\n")
}

// all finds every widget of a type, seen or not.
func all[T fyne.CanvasObject](o fyne.CanvasObject) []T { return walked[T](o, true) }

// seen finds those of a type that are not hidden.
func seen[T fyne.CanvasObject](o fyne.CanvasObject) []T { return walked[T](o, false) }

func walked[T fyne.CanvasObject](o fyne.CanvasObject, hidden bool) []T {
	var found []T
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !hidden && !o.Visible() {
			return
		}
		if one, ok := o.(T); ok {
			found = append(found, one)
			return
		}
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
			return
		case *container.Scroll:
			walk(o.Content)
			return
		}
		if w, ok := o.(fyne.Widget); ok {
			for _, child := range test.WidgetRenderer(w).Objects() {
				walk(child)
			}
		}
	}
	walk(o)
	return found
}

// visible finds the button with that text that can be seen.
func visible(t *testing.T, o fyne.CanvasObject, text string) *widget.Button {
	t.Helper()
	var found *widget.Button
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() || found != nil {
			return
		}
		switch o := o.(type) {
		case *widget.Button:
			if o.Text() == text {
				found = o
			}
			return
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
			return
		case *container.Scroll:
			walk(o.Content)
			return
		}
		if w, ok := o.(fyne.Widget); ok {
			for _, child := range test.WidgetRenderer(w).Objects() {
				walk(child)
			}
		}
	}
	walk(o)
	if found == nil {
		t.Fatalf("there is no button %q among\n%s", text, texts(o))
	}
	return found
}
