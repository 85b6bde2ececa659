package view

import (
	"context"

	"fyne.io/fyne/v2"

	"berth/engine/crash"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// OfferCrash tells that Berth crashed before this start, and offers what it left, the newest crash of those given.
func (s *Shell) OfferCrash(crashes []crash.Crash) {
	c := crashes[0]
	now := s.vm.Now()
	words := i18n.T("Berth ended by itself %s, which is its own fault. Your sandboxes went on running, and nothing in them is lost.", viewmodel.Clock(c.At, now))
	if n := len(crashes); n > 1 {
		words = i18n.N("Berth ended by itself %d times, which is its own fault. Your sandboxes went on running, and nothing in them is lost.", n)
	}
	words += " " + i18n.T("The report says where in the program it was. It holds no passwords and nothing of your projects.")
	var m *sheet
	with := func(do func(text string)) func() {
		return func() {
			s.vm.Async(func(context.Context) func() {
				text, err := c.Text()
				return func() {
					if err != nil {
						s.vm.Say(i18n.T("The crash report could not be read: %s", viewmodel.Cause(err)))
						return
					}
					do(text)
				}
			})
		}
	}
	show := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Show"), Kind: widget.Primary}, with(func(text string) {
		s.showText(i18n.T("Crash report"), text).TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome}) // why stands at the beginning
	}))
	copyIt := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Copy"), Icon: theme.IconCopy}, with(func(text string) {
		s.actions.Copy(text)
		m.hide()
		s.vm.Say(i18n.T("The crash report is in the clipboard."))
	}))
	save := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Save…"), Icon: theme.IconSave}, with(func(text string) {
		s.askPath("berth-crash-"+c.At.Format("20060102-150405")+".txt", func(path string) {
			s.saveText(path, text)
			m.hide()
		})
	}))
	dismiss := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Dismiss"), Tip: "Esc"}, func() { m.hide() })
	why := widget.NewText(c.Why, widget.TextStyle{Color: theme.Muted, Mono: true, Size: theme.MonoSize})
	m = s.sheet(modalOptions{
		Title: i18n.T("Berth crashed the last time"), Left: []*widget.Button{copyIt, save}, Right: []*widget.Button{dismiss, show},
	}, widget.NewParagraph(words, theme.Muted), why)
	m.submit = show.OnTapped
	m.show(show)
}
