package viewmodel

import (
	"maps"

	"golang.org/x/mod/semver"

	"berth/engine"
	"berth/ui/i18n"
)

// updates finds the sandboxes that can be updated to an opencode of which nobody was told yet, by told, the versions by sandbox, and
// gives what is told now. A newer opencode comes with a newer Berth, so what the first snapshot shows is news too. A change makes
// a new map.
func updates(s engine.Snapshot, told map[string]string) ([]item, map[string]string) {
	var items []item
	for _, one := range s.Sandboxes {
		if one.Update == "" || told[one.Name] == one.Update || !here(s, one) {
			continue
		}
		items = append(items, item{about: one.Name, News: News{
			Title: i18n.T("%[1]s can be updated to opencode %[2]s", plain(one.Name), plain(one.Update)), Text: i18n.T("It runs opencode %s.", plain(one.Version)),
		}})
		next := maps.Clone(told)
		if next == nil {
			next = map[string]string{}
		}
		maps.DeleteFunc(next, func(_, version string) bool { return semver.Compare("v"+version, "v"+one.Update) < 0 }) // no Berth from now on tells of those
		next[one.Name] = one.Update
		told = next
	}
	return items, told
}
