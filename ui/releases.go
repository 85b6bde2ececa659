package ui

import (
	"context"
	"net/url"

	"berth/engine/release"
	"berth/ui/i18n"
)

// setUpReleases lets the window hear of newer Berths, where the settings name a feed.
func (a *App) setUpReleases() {
	client := release.Client{Agent: "berth/" + a.options.Version}
	a.vm.Releases.Version = a.options.Version
	a.vm.Releases.Newest = func(ctx context.Context, feed string) (release.Release, bool, error) { return client.Newest(ctx, feed) }
	a.vm.Releases.Told = func(version string) {
		a.news.Newer(version) // to who is elsewhere
		a.vm.Say(i18n.T("Berth %s is available. The settings show what is new.", version))
	}
}

// openPage opens a web page in the browser.
func (a *App) openPage(address string) {
	parsed, err := url.Parse(address)
	if err == nil {
		err = a.fyne.OpenURL(parsed)
	}
	if err != nil {
		a.vm.Say(i18n.T("No browser could be opened for %s", address))
	}
}
