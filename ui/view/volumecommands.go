package view

import (
	"berth/ui/i18n"
	"berth/ui/viewmodel"
)

// volumeCommands are what can be done on the page of volumes with the one that is chosen there. A sandbox that is gone is in no
// other list, so this is the way to its data without a mouse.
func (s *Shell) volumeCommands() []command {
	p, group := s.volumes, i18n.T("Volumes")
	when := func(is func(viewmodel.VolumeRow) bool) func() bool {
		return func() bool { r, ok := p.row(); return ok && is(r) }
	}
	show := func(do func()) func() {
		return func() {
			s.goTo(viewmodel.VolumesPage, nil)
			do()
		}
	}
	any := func(viewmodel.VolumeRow) bool { return true }
	own := func(r viewmodel.VolumeRow) bool { return r.Point == "" }
	gone := func(r viewmodel.VolumeRow) bool { return r.Orphan && r.Point == "" }
	return []command{
		{group, i18n.T("Filter volumes"), "Ctrl+F", nil, nil, func() { s.goTo(viewmodel.VolumesPage, p.filter) }},
		{group, i18n.T("Browse the files of the chosen volume…"), "F, Enter", nil, when(own), show(p.browse)},
		{group, i18n.T("Copy the name of the chosen volume"), "C", nil, when(any), func() { p.with(func(r viewmodel.VolumeRow) { s.actions.Copy(r.Name) }) }},
		{group, i18n.T("Back up the sandbox of the chosen volume…"), "B", nil, when(own), show(p.backUp)},
		{group, i18n.T("Clone the sandbox of the chosen volume…"), "D", nil, when(own), show(p.clone)},
		{group, i18n.T("Roll back the sandbox of the chosen volume…"), "L", nil, when(func(r viewmodel.VolumeRow) bool { return !r.Orphan }), show(p.rollback)},
		{group, i18n.T("Bring back the sandbox of the chosen volume"), "S", nil, when(gone), show(p.bringBack)},
		{group, i18n.T("Bring back the sandbox of the chosen volume with other settings…"), "N", nil, when(gone), show(p.takeOver)},
		{group, i18n.T("Delete the data of the chosen volume's sandbox…"), "X, Del", nil, when(own), show(p.delete)},
		{group, i18n.T("Remove the rollback point of the chosen volume…"), "X, Del", nil, when(func(r viewmodel.VolumeRow) bool { return r.Point != "" }), show(p.delete)},
	}
}
