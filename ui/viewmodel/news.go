package viewmodel

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"berth/engine"
	"berth/engine/config"
	"berth/ui/i18n"
)

// NewsKind is what news are about. Each kind can be turned off.
type NewsKind string

// The kinds.
const (
	TaskNews    NewsKind = "tasks"   // a task is done or failed
	TroubleNews NewsKind = "trouble" // a sandbox became unhealthy, or ended by itself
	UpdateNews  NewsKind = "updates" // a newer Berth exists, or a sandbox can be updated
)

var newsKinds = []NewsKind{TroubleNews, TaskNews, UpdateNews}

// Wants reports whether a person wants to hear of a kind.
func Wants(n config.Notify, kind NewsKind) bool {
	switch kind {
	case TaskNews:
		return n.Tasks
	case TroubleNews:
		return n.Trouble
	default:
		return n.Updates
	}
}

// News is what a person is told while the window is not in front. Title and Text are plain text in lines of moderate length,
// without control characters; what a desktop takes for markup is not escaped, for only who shows it knows that.
type News struct {
	Kind        NewsKind
	Title, Text string
}

// newsPause is the least time between two news of a kind. What happens in between is summed up in the next.
const newsPause = 30 * time.Second

// item is one thing that happened.
type item struct {
	about  string // the sandbox; "" for none
	failed bool
	News
}

// NewsDesk decides of what a person is told, by what changes from one snapshot to the next. The zero value is ready; what its
// first snapshot shows is no news, but for the sandboxes that can be updated.
type NewsDesk struct {
	// Told are the versions of opencode of which a person was told that a sandbox can be updated to it, by sandbox. They are to be kept
	// from one run to the next. A change is another map.
	Told map[string]string

	tasks     taskNews
	sandboxes sandboxNews
	begun     bool

	held map[NewsKind][]item    // what waits for the pause to be over
	last map[NewsKind]time.Time // when a kind was told of
}

// Look takes a snapshot over and gives what a person has to be told now. Front says that the window is in front: what happens
// then is seen there, and is no news afterwards.
func (d *NewsDesk) Look(s engine.Snapshot, now time.Time, front bool, wanted func(NewsKind) bool) []News {
	d.add(TaskNews, d.tasks.look(s))
	d.add(TroubleNews, d.sandboxes.look(s, now))
	newer, told := updates(s, d.Told)
	d.Told = told
	d.add(UpdateNews, newer)
	if !d.begun { // with a start they wait: it may be about to bring the window to the front
		d.begun = true
		d.make()
		d.last[UpdateNews] = now
	}
	var all []News
	for _, kind := range newsKinds {
		switch {
		case front || !wanted(kind):
			delete(d.held, kind)
		case len(d.held[kind]) > 0 && now.Sub(d.last[kind]) >= newsPause:
			all = append(all, sum(kind, d.held[kind]))
			delete(d.held, kind)
			d.last[kind] = now
		}
	}
	return all
}

// Newer tells that a newer Berth exists.
func (d *NewsDesk) Newer(version string) {
	d.add(UpdateNews, []item{{News: News{
		Title: i18n.T("Berth %s is available", plain(version)), Text: i18n.T("The settings show what is new. Nothing is downloaded by itself."),
	}}})
}

func (d *NewsDesk) add(kind NewsKind, items []item) {
	if len(items) == 0 {
		return
	}
	d.make()
	for _, one := range items {
		one.Kind = kind
		// Of the same sandbox the newest counts: it became unhealthy, and then it ended. So it does of Berth itself.
		if kind != TaskNews {
			d.held[kind] = slices.DeleteFunc(d.held[kind], func(was item) bool { return was.about == one.about })
		}
		d.held[kind] = append(d.held[kind], one)
	}
}

func (d *NewsDesk) make() {
	if d.held == nil {
		d.held, d.last = map[NewsKind][]item{}, map[NewsKind]time.Time{}
	}
}

// maxSummed is how many things a sum names.
const maxSummed = 4

// sum makes one of what was held back: "3 tasks done", with a line for each.
func sum(kind NewsKind, items []item) News {
	if len(items) == 1 {
		return items[0].News
	}
	failed := 0
	for _, one := range items {
		if one.failed {
			failed++
		}
	}
	var title []string
	switch kind {
	case TroubleNews:
		title = []string{i18n.N("%d sandboxes are in trouble", len(items))}
	case UpdateNews:
		slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.about, b.about) }) // Berth itself first
		if items[0].about == "" {
			title = append(title, items[0].Title)
		}
		title = append(title, i18n.N("%d sandboxes can be updated", len(items)-len(title)))
	default:
		if failed > 0 {
			title = append(title, i18n.N("%d tasks failed", failed))
		}
		if done := len(items) - failed; done > 0 {
			title = append(title, i18n.N("%d tasks done", done))
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { // what failed first
		return strings.Compare(fmt.Sprint(!a.failed), fmt.Sprint(!b.failed))
	})
	var lines []string
	for i, one := range items {
		if i == maxSummed && len(items) > maxSummed+1 {
			lines = append(lines, i18n.N("and %d more", len(items)-maxSummed))
			break
		}
		lines = append(lines, one.Title)
	}
	return News{Kind: kind, Title: strings.Join(title, " · "), Text: strings.Join(lines, "\n")}
}
