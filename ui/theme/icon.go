package theme

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"

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
	IconSave     IconName = "save"
	IconImages   IconName = "images"
	IconEdit     IconName = "edit"
	IconMore     IconName = "more"
	IconFolder   IconName = "folder"
	IconClean    IconName = "clean"
	IconUpdate   IconName = "update"
	IconColumns  IconName = "columns"
	IconOthers   IconName = "containers"
	IconChat     IconName = "chat"
	IconVolumes  IconName = "volumes"
	IconBackup   IconName = "backup"
	IconRollback IconName = "rollback"
	IconRestore  IconName = "restore"

	// The tray's, one a state. They have colours of their own: a tray's ground is the desktop's.
	IconTrayNone     IconName = "tray-none"
	IconTrayStopped  IconName = "tray-stopped"
	IconTrayStarting IconName = "tray-starting"
	IconTrayRunning  IconName = "tray-running"
	IconTrayTrouble  IconName = "tray-trouble"
)

// Icon is an icon in a colour of the palette; it follows the theme.
//
// Fyne's own themed resources colour only what is filled, and these drawings are strokes. So the colour is written into the
// drawing, and its name has it too, by which Fyne keeps what it has painted.
func Icon(name IconName, color fyne.ThemeColorName) fyne.Resource {
	return icon{read("icons/" + string(name) + ".svg"), color}
}

type icon struct {
	drawing fyne.Resource
	color   fyne.ThemeColorName
}

func (i icon) hex() string {
	c := color.NRGBAModel.Convert(Color(i.color)).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// Name is the drawing's name with the colour it has now.
func (i icon) Name() string { return i.hex()[1:] + i.drawing.Name() }

// Content is the drawing in the colour of now.
func (i icon) Content() []byte {
	return bytes.ReplaceAll(i.drawing.Content(), []byte("#000000"), []byte(i.hex()))
}

// TrayIcon is an icon of the tray as it is drawn.
func TrayIcon(name IconName) fyne.Resource { return read("icons/" + string(name) + ".svg") }

// AppIcon is the app's icon, small: window managers show no larger one, and a large one takes 15 ms of the start to decode.
func AppIcon() fyne.Resource { return read("icons/berth-128.png") }

func read(path string) fyne.Resource {
	content, err := resources.Icons.ReadFile(path)
	if err != nil {
		panic(err) // the names are fixed above, and a test reads each, so this is a broken build of Berth
	}
	return fyne.NewStaticResource(path[len("icons/"):], content)
}
