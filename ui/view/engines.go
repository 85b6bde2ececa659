package view

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newEngineChoice lists every endpoint with what is known of it, and lets one be chosen. Rows are kept, and with them the
// keyboard, while they are the same endpoints.
func newEngineChoice(s *Shell) fyne.CanvasObject {
	vm := s.vm.Settings
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	var rows []*endpointRow
	on(vm.Revision, func(uint64) {
		attempts, used := vm.Endpoints()
		chosen := vm.Value().Endpoint
		if len(rows) != len(attempts)+1 {
			rows = nil
			list.RemoveAll()
			for i := range len(attempts) + 1 {
				if i > 0 {
					list.Add(widget.NewLine())
				}
				rows = append(rows, newEndpointRow())
				list.Add(rows[i].content)
			}
		}
		rows[0].set(viewmodel.AttemptRow{Host: i18n.T("The first on this computer that answers"), Words: i18n.T("unless DOCKER_HOST or a Docker context says otherwise")},
			chosen == "", false, func() { vm.Choose("") }, nil, nil)
		rows[0].also.Hide()
		for i, row := range attempts {
			rows[i+1].set(row, row.Name == chosen || row.Host == chosen && chosen != "", row.Name == used, func() { vm.Choose(row.Name) }, func() { s.forgetEngine(row) },
				func() { vm.ShowAlso(row.Name, !vm.Also(row.Name)) })
			also := widget.Plain
			if vm.Also(row.Name) {
				also = widget.On
			}
			rows[i+1].also.SetKind(also)
			setHidden(rows[i+1].also, row.Name == used || !row.Here && !vm.Also(row.Name))
		}
	})
	return list
}

// endpointRow is one endpoint: its name, what is known of it, and a button that chooses it.
type endpointRow struct {
	name, words *widget.Text
	button      *widget.Button
	remove      *widget.Button // of those added by hand
	also        *widget.Button // shows its sandboxes beside those of the one in use
	content     fyne.CanvasObject
}

func newEndpointRow() *endpointRow {
	r := &endpointRow{
		name: widget.NewText("", widget.TextStyle{Size: 13}), words: widget.NewText("", widget.TextStyle{Color: theme.Muted, Size: 13}),
		button: widget.NewButton(widget.ButtonOptions{Small: true}, nil),
		also:   widget.NewButton(widget.ButtonOptions{Text: i18n.T("Show too"), Small: true, Tip: i18n.T("Its sandboxes stand in the table beside the others")}, nil),
		remove: widget.NewButton(widget.ButtonOptions{Icon: theme.IconTrash, Small: true, Quiet: true, Tip: i18n.T("Remove it from the list")}, nil),
	}
	r.content = container.New(fixedHeight(40), padded(0, 0, theme.Space16, theme.Space12, container.New(endpointLayout{}, r.name, r.words, r.button, r.remove, r.also)))
	return r
}

func (r *endpointRow) set(row viewmodel.AttemptRow, chosen, used bool, choose, remove, also func()) {
	text, kind := i18n.T("Use"), widget.Plain
	if chosen {
		text, kind = i18n.T("Chosen"), widget.On
	}
	words, color := row.Words, theme.Muted
	if used {
		words, color = strings.Replace(words, i18n.T("answers"), i18n.T("connected"), 1), theme.OK
	}
	name := row.Host
	if row.Name != "" && row.Name != row.Host {
		name = strings.TrimSpace(row.Name + "  " + row.Host)
	}
	r.name.SetText(name)
	r.words.SetText(words)
	r.words.SetColor(color)
	r.button.SetText(text)
	r.button.SetKind(kind)
	r.button.OnTapped = choose
	r.remove.OnTapped = remove
	r.also.OnTapped = also
	setHidden(r.remove, !row.Added)
}

// forgetEngine asks before an engine that was added by hand goes from the list.
func (s *Shell) forgetEngine(row viewmodel.AttemptRow) {
	s.sure(i18n.T("Remove %s from the list?", row.Name), i18n.T("Nothing on that engine is touched: its sandboxes run on, and are back when you add it again."), i18n.T("Remove"),
		func() { s.vm.Settings.Forget(row.Name) })
}

// endpointLayout puts two texts in columns and a button at the right, all buttons as wide as the wider of their words; the one
// that removes has its place before it in every row. The second text may reach into the places of buttons that are not there.
type endpointLayout struct{}

func (endpointLayout) button(o fyne.CanvasObject) float32 {
	wide := func(text string) float32 {
		return widget.NewButton(widget.ButtonOptions{Text: text, Small: true}, nil).Wide()
	}
	return max(o.MinSize().Width, wide(i18n.T("Use")), wide(i18n.T("Chosen")))
}

func (l endpointLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200+l.button(o[2]), o[2].MinSize().Height)
}

func (l endpointLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	button := l.button(o[2])
	remove, also := o[3].MinSize().Width, o[4].MinSize().Width
	half := (size.Width - button - remove - also - 3*theme.Space12) / 2
	put(o[0], 0, 0, half, size.Height)
	free := float32(0)
	if !o[3].Visible() {
		free = remove + theme.Space4
		if !o[4].Visible() {
			free += also + theme.Space8
		}
	}
	put(o[1], half+theme.Space12, 0, half+free, size.Height)
	height := o[2].MinSize().Height
	put(o[2], size.Width-button, (size.Height-height)/2, button, height)
	put(o[4], size.Width-button-also-theme.Space8, (size.Height-height)/2, also, height)
	put(o[3], size.Width-button-also-remove-theme.Space12, (size.Height-height)/2, remove, height)
}
