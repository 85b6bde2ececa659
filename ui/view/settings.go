package view

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fw "fyne.io/fyne/v2/widget"

	"berth/engine/config"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// The words of the choices, beside what the settings file says.
var (
	themeWords = map[string]string{"As the desktop": "system", "Light": "light", "Dark": "dark"}
	themeOrder = []string{"As the desktop", "Light", "Dark"}

	sourceWords = map[string]string{"Build it from the pinned Dockerfile": config.SourceBuild, "Pull it": config.SourcePull}
	sourceOrder = []string{"Build it from the pinned Dockerfile", "Pull it"}
)

// newSettingsPage is the first version of the settings: the engine, the image's source, the look.
func newSettingsPage(s *Shell) fyne.CanvasObject {
	vm := s.vm.Settings
	wrong := widget.NewText("", widget.TextStyle{Color: theme.Bad, Size: 13})
	on(vm.Error, wrong.SetText)
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space16),
		group("Engine", newEngineChoice(s)),
		group("Sandbox image", newSourceChoice(s)),
		group("Look", newThemeChoice(vm)),
		wrong,
		widget.NewText("Berth "+s.actions.Version, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize}),
	)
	header := widget.NewText("Settings", widget.TextStyle{Size: theme.TitleSize, Bold: true})
	return frame(container.New(fixedHeight(theme.ControlH+theme.Space12), padded(0, theme.Space12, 0, 0, header)), nil, nil, nil, container.NewVScroll(padded(0, 0, 0, theme.Space16, column)))
}

func group(title string, content fyne.CanvasObject) fyne.CanvasObject {
	return widget.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(0),
		padded(theme.Space12, theme.Space8, theme.Space16, theme.Space16, widget.NewText(title, widget.TextStyle{Bold: true, Size: 14})), content), 0)
}

// newEngineChoice lists every endpoint with what is known of it, and lets one be chosen.
func newEngineChoice(s *Shell) fyne.CanvasObject {
	vm := s.vm.Settings
	list := container.New(layout.NewCustomPaddedVBoxLayout(0))
	on(vm.Revision, func(uint64) {
		rows, used := vm.Endpoints()
		chosen := vm.Value().Endpoint
		list.RemoveAll()
		list.Add(widget.NewLine())
		list.Add(endpointRow(viewmodel.AttemptRow{Host: "The first on this computer that answers", Words: "unless DOCKER_HOST or a Docker context says otherwise"},
			chosen == "", false, func() { vm.Choose("") }))
		for _, row := range rows {
			list.Add(widget.NewLine())
			list.Add(endpointRow(row, row.Name == chosen || row.Host == chosen && chosen != "", row.Name == used, func() { vm.Choose(row.Name) }))
		}
		list.Refresh()
	})
	return list
}

func endpointRow(row viewmodel.AttemptRow, chosen, used bool, choose func()) fyne.CanvasObject {
	text, kind := "Use", widget.Plain
	if chosen {
		text, kind = "Chosen", widget.On
	}
	button := widget.NewButton(widget.ButtonOptions{Text: text, Kind: kind, Small: true}, choose)
	words, color := row.Words, theme.Muted
	if used {
		words, color = "connected", theme.OK
	}
	name := row.Host
	if row.Name != "" && row.Name != row.Host {
		name = strings.TrimSpace(row.Name + "  " + row.Host)
	}
	return container.New(fixedHeight(40), padded(0, 0, theme.Space16, theme.Space12, frame(nil, nil, nil, container.NewCenter(button),
		container.New(layout.NewGridLayoutWithColumns(2),
			widget.NewText(name, widget.TextStyle{Size: 13}), widget.NewText(words, widget.TextStyle{Color: color, Size: 13})))))
}

func newThemeChoice(vm *viewmodel.Settings) fyne.CanvasObject {
	choice := fw.NewRadioGroup(themeOrder, nil)
	choice.Horizontal, choice.Required = true, true
	choice.SetSelected(wordFor(themeWords, vm.Value().Window.Theme))
	choice.OnChanged = func(word string) {
		vm.Change(func(s *config.Settings) { s.Window.Theme = themeWords[word] })
	}
	return padded(0, theme.Space8, theme.Space8, theme.Space8, choice)
}

func newSourceChoice(s *Shell) fyne.CanvasObject {
	vm := s.vm.Settings
	value := vm.Value().Image
	references := fw.NewEntry()
	references.SetText(strings.Join(value.References, ", "))
	references.SetPlaceHolder("references, tried in this order")
	save := func(source string) {
		vm.Change(func(s *config.Settings) {
			s.Image.Source = source
			s.Image.References = slices.DeleteFunc(strings.FieldsFunc(references.Text, func(r rune) bool { return r == ',' || r == ' ' }), func(x string) bool { return x == "" })
		})
	}
	choice := fw.NewRadioGroup(sourceOrder, nil)
	choice.Required = true
	choice.SetSelected(wordFor(sourceWords, value.Source))
	setHidden(references, value.Source != config.SourcePull)
	choice.OnChanged = func(word string) {
		setHidden(references, sourceWords[word] != config.SourcePull)
		s.pages[viewmodel.SettingsPage].Refresh() // the page needs more room, or less
		save(sourceWords[word])
	}
	references.OnSubmitted = func(string) { save(config.SourcePull) }
	least := canvas.NewRectangle(color.Transparent)
	least.SetMinSize(fyne.NewSize(420, 0))
	return padded(0, theme.Space12, theme.Space8, theme.Space8, container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4), choice,
		container.NewHBox(container.NewStack(least, references))))
}

// wordFor is the word of a value.
func wordFor(words map[string]string, value string) string {
	for word, v := range words {
		if v == value {
			return word
		}
	}
	return ""
}
