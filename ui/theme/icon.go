package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"berth/resources"
)

// IconName names an icon of the set.
type IconName string

// The icons.
const (
	IconSandbox  IconName = "sandbox"
	IconActivity IconName = "activity"
	IconSettings IconName = "settings"
	IconPlay     IconName = "play"
	IconStop     IconName = "stop"
	IconRestart  IconName = "restart"
	IconOpen     IconName = "open"
	IconSearch   IconName = "search"
	IconPlus     IconName = "plus"
	IconClose    IconName = "close"
	IconCheck    IconName = "check"
	IconClock    IconName = "clock"
	IconUp       IconName = "up"
	IconDown     IconName = "down"
	IconTrash    IconName = "trash"
	IconLog      IconName = "log"
	IconCopy     IconName = "copy"
	IconWarning  IconName = "warning"
	IconEngine   IconName = "engine"
	IconFollow   IconName = "follow"
)

// Icon is an icon in a colour of the palette; it follows the theme.
func Icon(name IconName, color fyne.ThemeColorName) fyne.Resource {
	return fynetheme.NewColoredResource(read("icons/"+string(name)+".svg"), color)
}

// AppIcon is the app's icon.
func AppIcon() fyne.Resource { return read("icons/berth.png") }

// Mark is the app's icon as a drawing, for the window.
func Mark() fyne.Resource { return read("icons/berth.svg") }

func read(path string) fyne.Resource {
	content, err := resources.Icons.ReadFile(path)
	if err != nil {
		panic(err) // the names are fixed above, and a test reads each, so this is a broken build of Berth
	}
	return fyne.NewStaticResource(path[len("icons/"):], content)
}
