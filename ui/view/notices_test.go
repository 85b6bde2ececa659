package view

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/resources"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// dismiss presses the button of the notice that is shown.
func (s *shell) dismiss(t *testing.T) {
	t.Helper()
	for _, b := range all[*widget.Button](s.Content) {
		if b.Text() == "" && b.Tip() == i18n.T("Dismiss") && b.Visible() {
			test.Tap(b)
			return
		}
	}
	t.Fatal("no notice can be dismissed")
}

func TestNoticesAreShownOneAfterTheOtherUntilEachIsDismissed(t *testing.T) {
	s := open(t, theme.Light, 1280, 800)
	snap := uitest.Connected(healthy("default"))
	s.vm.Apply(snap, now)
	place := func() fyne.Position {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(s.pages[viewmodel.SandboxesPage])
	}
	without := place()
	snap.Notices = []engine.Notice{
		{At: now, Subject: "default", Text: "Port 4096 is taken by something else, so default is now at port 4097."},
		{At: now.Add(time.Second), Subject: "default", Engine: "context lab", Text: "The change of default did not work out; it is as it was before."},
	}
	s.vm.Apply(snap, now)
	wantTexts(t, s.Content, "so default is now at port 4097.  (1 more)")
	if place().Y <= without.Y {
		t.Error("the notice stands on the page, not above it")
	}
	s.vm.Go(viewmodel.SettingsPage)
	wantTexts(t, s.Content, "so default is now at port 4097.") // wherever the person is
	s.vm.Go(viewmodel.SandboxesPage)
	s.vm.Apply(snap, now.Add(time.Minute)) // it is in each snapshot, and news only once
	s.dismiss(t)
	seen := texts(s.Content)
	if !strings.Contains(seen, "context lab: The change of default did not work out") || strings.Contains(seen, "4097") || strings.Contains(seen, "more)") {
		t.Errorf("after the first was dismissed it shows\n%s", seen)
	}
	s.vm.Say("The report is in the clipboard.") // what somebody just did goes before
	wantTexts(t, s.Content, "The report is in the clipboard.  (1 more)")
	s.dismiss(t)
	wantTexts(t, s.Content, "context lab: The change of default did not work out")
	s.dismiss(t)
	s.vm.Apply(snap, now.Add(2*time.Minute))
	if seen := texts(s.Content); strings.Contains(seen, "did not work out") || place() != without {
		t.Errorf("what was dismissed stays, or its room does:\n%s", seen)
	}
}

func TestNoticesAreSaidInThePersonsLanguage(t *testing.T) {
	defer func() {
		viewmodel.ForgetSpoken()
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	for language, want := range map[string]string{
		"de": "Die Änderung von default ", "ja": "default の変更は",
	} {
		if err := i18n.Load(resources.Translations, "translations", language); err != nil {
			t.Fatal(err)
		}
		viewmodel.ForgetSpoken()
		s := open(t, theme.Dark, 900, 600)
		snap := uitest.Connected(healthy("default"))
		snap.Notices = []engine.Notice{{At: now, Subject: "default", Text: "The change of default did not work out; it is as it was before."}}
		s.vm.Apply(snap, now)
		wantTexts(t, s.Content, want)
		if strings.Contains(texts(s.Content), "did not work out") {
			t.Errorf("%s: the notice is in English", language)
		}
	}
}
