package engine

import (
	"testing"
	"time"

	"berth/engine/sandbox"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func made(times ...time.Time) (all []BackupFile) {
	for _, at := range times {
		all = append(all, BackupFile{Path: at.Format(time.DateTime), Sandbox: "a", At: at, Scheduled: true})
	}
	return all
}

// Sleep lets the clock jump ahead, and a clock that was wrong is set back.
func TestABackupIsDueWhateverTheClockDid(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		last []time.Time
		want bool
	}{
		"none yet":                                     {nil, true},
		"an hour after the last":                       {[]time.Time{noon.Add(-time.Hour)}, false},
		"after a sleep of three days":                  {[]time.Time{noon.Add(-3 * day)}, true},
		"the clock was set back by a minute":           {[]time.Time{noon.Add(time.Minute)}, false},
		"one was made while the clock was years ahead": {[]time.Time{noon.AddDate(4, 0, 0), noon.Add(-2 * day)}, true},
		"and another one since":                        {[]time.Time{noon.AddDate(4, 0, 0), noon.Add(-time.Hour)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := Sandbox{Name: "a", State: sandbox.Healthy, Since: noon.Add(-30 * day)}
			if got := isDue(s, lastMade(made(c.last...), noon)["a"], noon, day); got != c.want {
				t.Errorf("it is due: %v", got)
			}
		})
	}
}

func TestABackupOfAWrongClockDoesNotPushANewOneOut(t *testing.T) {
	wrong, today, yesterday := noon.AddDate(4, 0, 0), noon, noon.Add(-24*time.Hour)
	got := tooMany(made(wrong, today, yesterday, wrong.Add(time.Hour)), 2, noon)
	if len(got) != 2 || !got[0].At.Equal(wrong.Add(time.Hour)) || !got[1].At.Equal(wrong) {
		t.Errorf("it lets go of %+v", got)
	}
	if got := tooMany(made(today, yesterday), 2, noon); len(got) != 0 {
		t.Errorf("with two to keep it lets go of %+v", got)
	}
}
