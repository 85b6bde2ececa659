package i18n

import (
	"embed"
	"strings"

	"fyne.io/fyne/v2/lang"
	"github.com/jeandeaual/go-locale"
	"golang.org/x/text/language"
)

// preferred are the desktop's languages, the one that the person likes best first.
func preferred() []string {
	all, err := locale.GetLocales()
	if err != nil || len(all) == 0 {
		return []string{lang.SystemLocale().String()}
	}
	return all
}

// nearest is the language there are translations for that is nearest to what a person prefers: the first of these that there is,
// in whatever region. Only when there is none of them it is one that its speakers are known to read too: Simplified Chinese for
// Traditional, Spanish for Catalan. English comes last.
func nearest(files embed.FS, folder string, wanted []string) string {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return "en"
	}
	var names []string
	var tags []language.Tag
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".json")
		names, tags = append(names, name), append(tags, language.Make(name))
	}
	matcher := language.NewMatcher(tags)
	for _, least := range []language.Confidence{language.High, language.Low} {
		for _, w := range wanted {
			if _, i, sure := matcher.Match(tagOf(w)); sure >= least {
				return names[i]
			}
		}
	}
	return "en"
}

// tagOf reads the name of a language as desktops write it: "de", "zh-Hans-CN", "zh_CN.UTF-8", "ca_ES@valencia". It is "und" for
// what is none, such as "C".
func tagOf(name string) language.Tag {
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ".")
	tag, err := language.Parse(name)
	if err != nil && tag.IsRoot() {
		return language.Und
	}
	return tag
}

// sameLanguage reports whether two names are of one language, of whatever region or script.
func sameLanguage(a, b string) bool {
	x, _ := tagOf(a).Base()
	y, _ := tagOf(b).Base()
	return x == y
}
