package viewmodel

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"berth/engine/config"
)

// A setting that only an editor of the file can reach is none that a person has.
func TestEverySettingOfTheFileIsOnThePage(t *testing.T) {
	elsewhere := []string{
		"schema",                                 // no choice
		"endpoint", "endpoints", "alsoEndpoints", // chosen among those found, and added there, above the groups
		"window.width", "window.height", "window.traySaid", // as the window was left
		"update.checked", "update.told", "update.sandboxes", // what came of the feed, and what was told
		"window.table.hidden", "window.table.sort", "window.table.reverse", "window.table.all", // at the table itself
	}
	var shown []string
	for _, group := range OptionGroups() {
		for _, o := range group.Options {
			shown = append(shown, o.Key)
		}
	}
	for _, key := range keysOf("", reflect.TypeFor[config.Settings]()) {
		if slices.Contains(shown, key) == slices.Contains(elsewhere, key) {
			t.Errorf("%s is not on the page, or is there twice", key)
		}
	}
}

// keysOf are the keys that a type has in the file, with those of what is in it.
func keysOf(prefix string, of reflect.Type) []string {
	var keys []string
	for field := range of.NumField() {
		f := of.Field(field)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(prefix+name+".", f.Type)...)
			continue
		}
		keys = append(keys, prefix+name)
	}
	return keys
}

func TestAnAuthorityIsAFileOfThisComputer(t *testing.T) {
	a, f := keptApp(t)
	for _, o := range imageOptions() {
		if o.Key != "image.extraCA" {
			continue
		}
		if a.Settings.Try(o, "authority.pem") == "" || a.Settings.Try(o, "") != "" {
			t.Error("a path that is not full is taken, or none is not")
		}
		a.Settings.Set(o, "/etc/authority.pem")
		if f.Saved.Image.ExtraCA != "/etc/authority.pem" {
			t.Errorf("saved %+v", f.Saved.Image)
		}
		return
	}
	t.Error("there is no such setting")
}
