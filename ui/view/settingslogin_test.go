package view

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"berth/engine/autostart"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// startsAtLogin is a system that starts what it is told to.
type startsAtLogin struct{ status autostart.Status }

func (s *startsAtLogin) Look() autostart.Status { return s.status }

func (s *startsAtLogin) Set(on bool) error {
	s.status = autostart.Status{State: autostart.Off}
	if on {
		s.status.State = autostart.On
	}
	return nil
}

func TestAnEntryThatWasChangedElsewhereIsShownAndLeftUntilItIsSwitched(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		s := open(t, mode, 1280, 800)
		system := &startsAtLogin{autostart.Status{State: autostart.Other, Starts: "/opt/other/berth --hidden", Where: "/home/x/.config/autostart/app.berth.desktop.desktop"}}
		s.vm.Login.System = system
		s.Shell = NewShell(s.vm, s.window, s.actions)
		s.window.SetContent(s.Content)
		s.vm.Apply(uitest.Connected(healthy("default")), now)
		s.goTo(viewmodel.SettingsPage, s.options[loginOption])
		check, ok := s.window.Canvas().Focused().(*widget.Check)
		if !ok || !check.Checked {
			t.Fatalf("the keyboard is on %T", s.window.Canvas().Focused())
		}
		wantTexts(t, s.Content, "The entry starts another program: /opt/other/berth --hidden.")
		if system.status.State != autostart.Other {
			t.Error("showing it changed it")
		}
		s.keep(t, "settings-login-"+name)
		test.Tap(check)
		if system.status.State != autostart.Off || check.Checked {
			t.Error("it is not off")
		}
		test.Tap(check)
		if system.status.State != autostart.On || !check.Checked {
			t.Error("it is not on")
		}
	}
}
