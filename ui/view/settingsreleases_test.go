package view

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"berth/engine/release"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
)

func TestANewerBerthIsShownWithItsNotesAndItsPage(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		s := open(t, mode, 1280, 800)
		s.engine.Saved.Update.Feed = "https://r.test/releases"
		var opened []string
		s.actions.OpenPage = func(address string) { opened = append(opened, address) }
		s.vm.Releases.Version = "1.2.3"
		page := "https://r.test/1.3.0"
		s.vm.Releases.Newest = func(context.Context, string) (release.Release, bool, error) {
			return release.Release{Version: "1.3.0", Notes: "# New\n\n- <b>not bold</b>, [not a link](https://evil.test)\n- " + strings.Repeat("a long line ", 30), Page: page}, true, nil
		}
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		s.goTo(viewmodel.SettingsPage, s.options[viewmodel.FeedOption])
		if !visible(t, s.Content, "What is new…").Disabled() {
			t.Error("nothing is known, and can be read")
		}
		test.Tap(visible(t, s.Content, "Check now"))
		wantTexts(t, s.Content, "Berth 1.3.0 is available; this is 1.2.3.")
		s.keep(t, "settings-release-"+name)
		test.Tap(visible(t, s.Content, "What is new…"))
		s.keep(t, "release-"+name)
		top := s.window.Canvas().Overlays().Top()
		test.Tap(visible(t, top, "Open its page"))
		if len(opened) != 1 || opened[0] != page {
			t.Errorf("opened %v", opened)
		}
		test.Tap(visible(t, top, "Close"))

		// One whose page may not be opened has no such button.
		page = ""
		s.vm.Releases.Check()
		s.showRelease()
		if top := s.window.Canvas().Overlays().Top(); top != nil && !visible(t, top, "Open its page").Disabled() {
			t.Error("no page can be opened")
		}
	}
}
