package viewmodel

import (
	"context"
	"errors"
	"strings"
	"testing"

	"berth/engine/autostart"
	"berth/engine/fault"
	"berth/ui/uitest"
)

// logins is a system that starts things at login.
type logins struct {
	status autostart.Status
	refuse error
	sets   []bool
	looks  int
}

func (l *logins) Look() autostart.Status { l.looks++; return l.status }

func (l *logins) Set(on bool) error {
	l.sets = append(l.sets, on)
	if l.refuse != nil {
		return l.refuse
	}
	l.status.State = autostart.Off
	if on {
		l.status.State = autostart.On
	}
	return nil
}

func TestWhatIsStartedAtLoginIsReadWhenTheSettingsAreShown(t *testing.T) {
	a, system := New(uitest.New()), &logins{status: autostart.Status{State: autostart.On}}
	a.Login.System = system
	a.Return() // to another page
	if system.looks != 0 {
		t.Error("it was read for nobody")
	}
	a.Go(SettingsPage)
	if !get(a.Login.Checked) || get(a.Login.Said) != (Finding{}) {
		t.Errorf("%v, %v", get(a.Login.Checked), get(a.Login.Said))
	}
	for _, c := range []struct {
		status  autostart.Status
		checked bool
		words   string
	}{
		{autostart.Status{State: autostart.Off}, false, ""},
		{autostart.Status{State: autostart.Disabled, Where: "/x"}, false, "turned off elsewhere: /x"},
		{autostart.Status{State: autostart.Changed, Starts: "berth --start"}, true, "changed elsewhere; it starts berth --start"},
		{autostart.Status{State: autostart.Other, Starts: "/opt/x\x1b"}, true, "another program: /opt/x. "},
		{autostart.Status{State: autostart.Unknown, Err: &fault.Error{Why: "it is a folder", Remedy: "Look at it."}}, false, "It is a folder. Look at it."},
	} {
		system.status = c.status
		a.Return() // from changing it elsewhere
		if said := get(a.Login.Said); get(a.Login.Checked) != c.checked || !strings.Contains(said.Text, c.words) || (said.Text == "") != (c.words == "") {
			t.Errorf("%+v: %v, %v", c.status, get(a.Login.Checked), said)
		}
	}
	if len(system.sets) != 0 {
		t.Error("a look changed it")
	}
}

func TestASwitchThatIsRefusedGoesBackAndSaysWhy(t *testing.T) {
	a, system := New(uitest.New()), &logins{status: autostart.Status{State: autostart.Off}}
	a.Login.System = system
	a.Login.Set(true)
	if !get(a.Login.Checked) || system.status.State != autostart.On {
		t.Error("it is not on")
	}
	system.refuse = &fault.Error{Kind: fault.Permission, Err: errors.New("permission denied"), Remedy: "Look at it."}
	system.status.State = autostart.Off
	a.Login.Set(true)
	if said := get(a.Login.Said); get(a.Login.Checked) || !said.Bad || said.Text != "Permission denied. Look at it." {
		t.Errorf("%v, %v", get(a.Login.Checked), said)
	}
	system.refuse = nil
	a.Login.Set(true)
	if get(a.Login.Said) != (Finding{}) {
		t.Error("what was wrong is still said")
	}
}

func TestTheLastOfManySwitchesCounts(t *testing.T) {
	a, system := New(uitest.New()), &logins{}
	a.Login.System = system
	var waiting []func() func()
	a.Async = func(work func(context.Context) func()) {
		waiting = append(waiting, func() func() { return work(context.Background()) })
	}
	for _, on := range []bool{true, false, true, false} {
		a.Login.Set(on)
	}
	for len(waiting) > 0 {
		work := waiting[0]
		waiting = waiting[1:]
		work()()
	}
	if len(system.sets) != 2 || !system.sets[0] || system.sets[1] || get(a.Login.Checked) {
		t.Errorf("set %v, shown %v", system.sets, get(a.Login.Checked))
	}
}

func TestWithoutAWayToStartAtLoginNothingIsAsked(t *testing.T) {
	a := New(uitest.New())
	a.Go(SettingsPage)
	a.Login.Set(true)
}
