package view

import (
	"fyne.io/fyne/v2"

	"berth/engine/agent"
	"berth/ui/i18n"
)

// moreItems are the actions on a sandbox that have no button of their own: on its data, and those that take something away.
func (p *sandboxesPage) moreItems(name string) []*fyne.MenuItem {
	s, d := p.shell, p.shell.vm.Detail
	item := func(label, key string, do func()) *fyne.MenuItem {
		if key != "" {
			label += "\t" + key
		}
		m := entry(label, false, do)
		m.Disabled = !can(d.CanRemove)
		return m
	}
	return []*fyne.MenuItem{
		item(i18n.T("Update…"), "U", func() { s.update(name) }),
		item(i18n.T("Back up…"), "B", func() { s.backUp(name) }),
		item(i18n.T("Restore from a file…"), "", func() { s.restore(name, "") }),
		item(i18n.T("Clone…"), "D", func() { s.clone(name) }),
		item(i18n.T("Roll back…"), "L", func() { s.rollback(name, "") }),
		item(i18n.T("Browse files…"), "F", func() { s.browseFiles(name, agent.Session) }),
		item(i18n.T("Repair ownership…"), "", func() { s.repair(name) }),
		item(i18n.T("Provider keys…"), "K", func() { s.keys(name) }),
		item(i18n.T("New password…"), "", func() { s.newPassword(name) }),
		fyne.NewMenuItemSeparator(),
		item(i18n.T("Remove…"), "Del", func() { p.askRemove(name) }),
		item(i18n.T("Delete data…"), "X", func() { s.deleteData(name) }),
	}
}
