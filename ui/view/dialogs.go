package view

import (
	"strings"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/widget"
)

// unsaid is what a check gives for what is not wrong but not enough yet.
const unsaid = " "

// ask shows a text, an entry, and what is wrong with what was typed. Do is called only with what check lets pass.
func (s *Shell) ask(title, verb string, kind widget.ButtonKind, text, hint string, check func(string) string, do func(string)) {
	var m *modal
	entry := widget.NewEntry(hint)
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: theme.SecondSize})
	accept := widget.NewButton(widget.ButtonOptions{Text: verb, Kind: kind}, nil)
	accept.OnTapped = func() {
		typed := strings.TrimSpace(entry.Text)
		if why := check(typed); why != "" {
			if why != unsaid {
				wrong.SetText(why)
				wrong.Show()
				m.fit()
			}
			return
		}
		m.hide()
		do(typed)
	}
	entry.OnChanged = func(text string) {
		why := check(strings.TrimSpace(text))
		accept.SetEnabled(why == "")
		if text == "" || why == unsaid {
			why = ""
		}
		wrong.SetText(why)
		entry.SetTrouble(why != "")
		setHidden(wrong, why == "")
		if m != nil {
			m.fit()
		}
	}
	entry.OnSubmitted = func(string) { accept.Tapped(nil) }
	accept.Disable()
	wrong.Hide()
	cancel := widget.NewButton(widget.ButtonOptions{Text: i18n.T("Cancel"), Tip: "Esc"}, func() { m.hide() })
	body := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space8), widget.NewParagraph(text, theme.Muted), entry, wrong)
	m = s.modal(modalOptions{Title: title, Body: body, Width: 540, Right: []*widget.Button{cancel, accept}})
	m.submit = func() { accept.Tapped(nil) }
	m.show(entry)
}

// sure asks before something goes that can be had again.
func (s *Shell) sure(title, text, verb string, do func()) {
	s.Confirm(Question{Title: title, Text: text, Yes: verb, No: i18n.T("Cancel"), Do: do})
}

// Question is one that is answered with a button.
type Question struct {
	Title, Text string
	Yes, No     string
	Do          func() // when the answer is yes
	Over        func() // whatever the answer, before Do; may be nil
}

// Confirm asks a question. Escape is no.
func (s *Shell) Confirm(q Question) {
	var m *modal
	no := widget.NewButton(widget.ButtonOptions{Text: q.No, Tip: "Esc"}, func() { m.hide() })
	yes := widget.NewButton(widget.ButtonOptions{Text: q.Yes, Kind: widget.Danger}, func() {
		m.hide()
		q.Do()
	})
	m = s.modal(modalOptions{Title: q.Title, Body: widget.NewParagraph(q.Text, theme.Muted), Width: 520, Right: []*widget.Button{no, yes}, OnClose: q.Over})
	m.submit = yes.OnTapped
	m.show(yes)
}

// askRemove asks for the name before a sandbox's container goes.
func (p *sandboxesPage) askRemove(name string) {
	if name == "" {
		return
	}
	p.shell.ask(i18n.T("Remove %s?", name), i18n.T("Remove"), widget.Danger,
		i18n.T("Its container goes, with everything that is not on its volumes. The volumes stay, and so do the settings you chose for the sandbox: Bring back on the Volumes page makes it again as it was, with its sessions and projects. Type %s to go on.", name), i18n.T("Name of the sandbox"),
		func(typed string) string {
			switch {
			case typed == name:
				return ""
			case strings.HasPrefix(name, typed):
				return unsaid
			}
			return i18n.T("Type %s", name)
		},
		func(string) { p.vm.Remove(name) })
}
