package viewmodel

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/i18n"
)

// Tone is what a colour means. A word or a shape always stands beside it.
type Tone uint8

// The tones.
const (
	Neutral Tone = iota // nothing to say: stopped
	Good                // healthy, done
	Busy                // something is being done
	Caution             // it works, or will soon
	Trouble             // it needs somebody
)

// Age is a duration as people say it, in its largest unit: "3 s", "12 min", "3 h", "2 d", "5 w".
func Age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return i18n.T("%d s", int(d.Seconds()))
	case d < time.Hour:
		return i18n.T("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return i18n.T("%d h", int(d.Hours()))
	case d < 21*24*time.Hour:
		return i18n.T("%d d", int(d.Hours()/24))
	default:
		return i18n.T("%d w", int(d.Hours()/24/7))
	}
}

// Took is how long something lasted, with more detail than Age: "0.4 s", "41 s", "2 min 5 s".
func Took(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return i18n.T("%.1f s", d.Seconds())
	case d < time.Minute:
		return i18n.T("%d s", int(d.Seconds()))
	case d < time.Hour:
		return i18n.T("%[1]d min %[2]d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return i18n.T("%[1]d h %[2]d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

// Memory is a size in binary units, as memory is counted: "412 MiB".
func Memory(bytes int64) string {
	return size(bytes, 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
}

// Size is a size in decimal units, as downloads are counted: "44.1 MB".
func Size(bytes int64) string {
	return size(bytes, 1000, []string{"B", "kB", "MB", "GB", "TB", "PB"})
}

// size writes a size with three digits, four where a unit has more than a thousand.
func size(bytes int64, base float64, unit []string) string {
	value := float64(bytes)
	for len(unit) > 1 && value >= base {
		value /= base
		unit = unit[1:]
	}
	if value >= 100 {
		return fmt.Sprintf("%.0f %s", value, unit[0])
	}
	return fmt.Sprintf("%.3g %s", value, unit[0])
}

// Percent is a processor load: "2.1 %", "61 %".
func Percent(value float64) string {
	if value < 9.95 { // what is rounded up to 10 has no place for a tenth
		return i18n.T("%.1f %%", value)
	}
	return i18n.T("%.0f %%", value)
}

// StateWords is a sandbox's state as a word, with what belongs to it: "Healthy", "Starting · 2 s", "Exited 137: out of
// memory".
func StateWords(s engine.Sandbox, now time.Time) (string, Tone) {
	if s.Away != nil {
		return i18n.T("Engine away"), Neutral
	}
	switch s.State {
	case sandbox.Healthy:
		return i18n.T("Healthy"), Good
	case sandbox.Starting:
		return i18n.T("Starting · %s", Age(now.Sub(s.Since))), Caution
	case sandbox.Unhealthy:
		if s.Detail != "" {
			return i18n.T("Unhealthy: %s", s.Detail), Trouble
		}
		return i18n.T("Unhealthy"), Trouble
	case sandbox.Stopping:
		return i18n.T("Stopping"), Caution
	case sandbox.Changing:
		return i18n.T("Changing"), Caution
	case sandbox.Stopped:
		return i18n.T("Stopped"), Neutral
	case sandbox.Exited:
		return strings.TrimSpace(i18n.T("Exited %s", Spoken(s.Detail))), Trouble
	case sandbox.Paused:
		return i18n.T("Paused"), Caution
	case sandbox.Restarts:
		return i18n.T("Restarting after %s", Spoken(s.Detail)), Trouble
	case sandbox.Created:
		if s.Detail != "" {
			return i18n.T("Not started: %s", s.Detail), Trouble
		}
		return i18n.T("Not started"), Neutral
	default:
		return i18n.T("No container"), Neutral
	}
}

// statusWords is what the engine says of a container that is no sandbox.
func statusWords(c engine.Container) (string, Tone) {
	if c.Away {
		return i18n.T("Engine away"), Neutral
	}
	switch c.Status {
	case "running":
		return i18n.T("Running"), Good
	case "created":
		return i18n.T("Not started"), Neutral
	case "paused":
		return i18n.T("Paused"), Caution
	case "restarting":
		return i18n.T("Restarting"), Trouble
	case "exited", "dead":
		if c.ExitCode == 0 {
			return i18n.T("Stopped"), Neutral
		}
		return i18n.T("Exited %s", strconv.Itoa(c.ExitCode)), Neutral
	}
	return c.Status, Neutral
}

// Summary is the line beside a sandbox's name: "healthy for 3 h · opencode 1.18.33".
func Summary(s engine.Sandbox, now time.Time) string {
	words, _ := StateWords(s, now)
	parts := []string{}
	switch {
	case s.Away != nil:
		return lowerFirst(words) + ": " + Cause(s.Away)
	case s.State == sandbox.Healthy && now.Sub(s.Since) < time.Second:
		parts = append(parts, i18n.T("healthy"))
	case s.State == sandbox.Healthy:
		parts = append(parts, i18n.T("healthy for %s", Age(now.Sub(s.Since))))
	case s.State == sandbox.Stopped:
		parts = append(parts, i18n.T("stopped %s ago", Age(now.Sub(s.Since))))
	default:
		parts = append(parts, lowerFirst(words))
	}
	if s.Version != "" {
		parts = append(parts, "opencode "+s.Version)
	}
	return strings.Join(parts, " · ")
}

// lowerFirst begins a text small, in languages that do so within a line.
func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}

// TaskTone is the tone of a task.
func TaskTone(v task.View) Tone {
	switch v.State {
	case task.Done:
		return Good
	case task.Failed:
		return Trouble
	case task.Waiting:
		return Caution
	case task.Cancelled:
		return Neutral
	default:
		return Busy
	}
}

// TaskProgress is a running task in figures: "62 % · 168 of 291 MB · 14 MB/s · 9 s left". Brief leaves the bytes out.
func TaskProgress(v task.View, brief bool) string {
	parts := []string{i18n.T("%d %%", whole(v.Progress))}
	if v.Total > 0 && !brief {
		parts = append(parts, Of(v.Current, v.Total))
	}
	if n := len(v.Steps); n > 1 && (brief || v.Total == 0) {
		parts = append(parts, i18n.T("%[1]d of %[2]d", min(v.StepsOver()+1, n), n))
	}
	if v.Rate > 0 {
		parts = append(parts, Size(int64(v.Rate))+"/s")
	}
	if v.Left > 0 {
		parts = append(parts, i18n.T("%s left", Age(v.Left)))
	}
	return strings.Join(parts, " · ")
}

// whole is a share in whole percents, rounded down: 100 is only what is through.
func whole(share float64) int { return int(share*100 + 1e-9) }

// Of is a part of a whole in bytes, the unit said once where both have it: "44.1 of 62 MB".
func Of(current, total int64) string {
	a, b := Size(current), Size(total)
	if number, unit, ok := strings.Cut(a, " "); ok && strings.HasSuffix(b, " "+unit) {
		a = number
	}
	return i18n.T("%s of %s", a, b)
}

// TaskDetail is what a task does, or what came of it, in words: "attempt 2 of 5 in 4 s · the connection was reset".
func TaskDetail(v task.View, now time.Time) string { return joined(TaskWords(v, now)) }

// TaskWords is TaskDetail in two: what it does, which is short, and why it failed or waits, which may be long.
func TaskWords(v task.View, now time.Time) (detail, reason string) {
	switch v.State {
	case task.Waiting:
		detail = i18n.T("attempt %[1]d of %[2]d in %[3]s", v.Attempt+1, v.Attempts, Age(v.NextTry.Sub(now)+time.Second))
		return detail, Cause(v.LastErr)
	case task.Failed:
		return "", Cause(v.Err)
	case task.Cancelled:
		return i18n.T("cancelled"), ""
	}
	if v.Attempt > 1 && v.State == task.Running {
		return joined(i18n.T("attempt %[1]d of %[2]d", v.Attempt, v.Attempts), Spoken(v.Detail)), ""
	}
	if v.Detail != "" || v.State.Over() {
		return Spoken(v.Detail), ""
	}
	for _, s := range v.Steps {
		if s.State == task.StepActive {
			return joined(Spoken(s.Label), Spoken(s.Detail)), ""
		}
	}
	return "", ""
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}

// Cause is why something failed, without the words before it that say what.
func Cause(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		if why := f.Cause(); why != "" {
			return Spoken(why)
		}
		return string(f.Kind)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// StepRight is what stands at the right of a step: "44.1 of 62 MB · 11 MB/s", "93.3 MB · done", "0.4 s".
func StepRight(s task.StepView, now time.Time) string {
	switch {
	case s.State == task.StepActive && s.Total > 0 && s.Current < s.Total:
		text := Of(s.Current, s.Total)
		if s.Rate > 0 {
			text += " · " + Size(int64(s.Rate)) + "/s"
		}
		return text
	case s.State == task.StepActive && s.Current > 0:
		return Size(s.Current)
	case s.State == task.StepActive && !s.Started.IsZero():
		return Age(now.Sub(s.Started))
	case s.State.Over() && s.Total > 0:
		return Size(s.Total)
	case s.State.Over() && !s.Started.IsZero() && !s.Ended.IsZero() && s.State != task.StepPresent:
		return Took(s.Ended.Sub(s.Started))
	case s.Total > 0:
		return Size(s.Total)
	}
	return ""
}

// Clock is when something was: "today 13:20", "yesterday 22:00", "4 Mar 09:15".
func Clock(at, now time.Time) string {
	at = at.In(now.Location())
	day := func(t time.Time) time.Time { y, m, d := t.Date(); return time.Date(y, m, d, 0, 0, 0, 0, t.Location()) }
	switch today := day(now); {
	case !at.Before(today):
		return i18n.T("today %s", at.Format("15:04"))
	case !at.Before(today.AddDate(0, 0, -1)):
		return i18n.T("yesterday %s", at.Format("15:04"))
	case at.Year() == now.Year():
		return at.Format(i18n.T("2 Jan 15:04"))
	default:
		return at.Format(i18n.T("2 Jan 2006"))
	}
}
