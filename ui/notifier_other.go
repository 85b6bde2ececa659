//go:build !linux

package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"berth/ui/viewmodel"
)

// fyneNotifier shows messages by the desktop's own means, as Fyne knows them.
type fyneNotifier struct{ app fyne.App }

func (a *App) desktopNotifier() Notifier { return fyneNotifier{a.fyne} }

func (n fyneNotifier) Notify(one viewmodel.News) {
	n.app.SendNotification(fyne.NewNotification(inert(one.Title), inert(one.Text)))
}

// inert takes away what a shell would act on: on Windows, Fyne puts both texts between double quotes into a PowerShell script,
// which runs what is in $(...), and takes typographic quotes for quotes too.
func inert(text string) string {
	return strings.NewReplacer("$", "", "`", "'", `"`, "'", "“", "'", "”", "'", "„", "'", "‟", "'", `\`, "/").Replace(text)
}
