package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/i18n"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// newEngine is the choice of the engine that a new sandbox is on; nothing where there is only one.
func (f *form) newEngine() fyne.CanvasObject {
	names := f.vm.Engines()
	if len(names) == 0 {
		none := container.NewStack()
		none.Hide()
		return none
	}
	var options []string
	byWord := map[string]string{}
	for _, name := range names {
		word := f.vm.EngineWords(name)
		options = append(options, word)
		byWord[word] = name
	}
	choice := widget.NewSelect(options, nil)
	choice.SetSelected(options[0])
	choice.OnChanged = func(word string) {
		f.vm.SetEngine(byWord[word])
		for _, field := range []viewmodel.Field{viewmodel.NameField, viewmodel.PortField} {
			f.fields[field].entry.SetText(f.vm.Value(field))
		}
		f.check()
		f.vm.Learn(f.learned)
	}
	return newField(i18n.T("Engine"), choice, i18n.T("Where it shall run")).content
}
