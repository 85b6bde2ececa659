// Package theme is Berth's look: its colours in light and dark, its sizes, and its icons.
//
// The palette is told to Fyne under Fyne's own names too, so that Fyne's widgets and dialogs look like the rest.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Mode says which of the two looks is used.
type Mode string

// The modes.
const (
	System Mode = "system" // what the desktop uses
	Light  Mode = "light"
	Dark   Mode = "dark"
)

// The palette. States always have a word or a shape beside their colour.
const (
	Background fyne.ThemeColorName = "berthBackground" // window
	Panel      fyne.ThemeColorName = "berthPanel"      // rail, cards, bars, dialogs
	Raised     fyne.ThemeColorName = "berthRaised"     // buttons, tracks, badges
	Hover      fyne.ThemeColorName = "berthHover"      // raised, under the pointer
	Line       fyne.ThemeColorName = "berthLine"       // borders and separators
	Border     fyne.ThemeColorName = "berthBorder"     // around what can be typed into or chosen
	Edge       fyne.ThemeColorName = "berthEdge"       // the same where it is all there is to see, as of an empty box: 3:1 on a panel
	Text       fyne.ThemeColorName = "berthText"
	Muted      fyne.ThemeColorName = "berthMuted"  // second-rank text, inactive icons
	Accent     fyne.ThemeColorName = "berthAccent" // primary button, selection mark, addresses, progress
	OnAccent   fyne.ThemeColorName = "berthOnAccent"
	Selection  fyne.ThemeColorName = "berthSelection" // chosen row and page
	OK         fyne.ThemeColorName = "berthOK"
	Warn       fyne.ThemeColorName = "berthWarn"
	Bad        fyne.ThemeColorName = "berthBad"
	Info       fyne.ThemeColorName = "berthInfo"
	Log        fyne.ThemeColorName = "berthLog"    // background of logs
	Chosen     fyne.ThemeColorName = "berthChosen" // behind chosen text of a log
	Found      fyne.ThemeColorName = "berthFound"  // behind what a search found
	OnFound    fyne.ThemeColorName = "berthOnFound"
	FoundNow   fyne.ThemeColorName = "berthFoundNow" // behind what it stands at
	OnFoundNow fyne.ThemeColorName = "berthOnFoundNow"
)

// Sizes in Fyne's units. Spaces come from one scale.
const (
	Space4  float32 = 4
	Space8  float32 = 8
	Space12 float32 = 12
	Space16 float32 = 16
	Space24 float32 = 24

	TitleSize  float32 = 20
	NameSize   float32 = 15
	TextSize   float32 = 13.5
	SecondSize float32 = 12.5
	MonoSize   float32 = 12.5
	SmallSize  float32 = 11.5

	Corner       float32 = 8
	CardCorner   float32 = 10
	DialogCorner float32 = 14
	RailWidth    float32 = 196
	ControlH     float32 = 34
	SmallH       float32 = 28
	RowH         float32 = 44
	HeadRowH     float32 = 34
	LogRowH      float32 = 20
	BarH         float32 = 46
	IconSize     float32 = 17
)

type shades struct{ dark, light color.NRGBA }

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff} //nolint:gosec // the rest is meant to fall off
}

var palette = map[fyne.ThemeColorName]shades{
	Background: {rgb(0x14171C), rgb(0xF4F6F8)},
	Panel:      {rgb(0x1A1E25), rgb(0xFFFFFF)},
	Raised:     {rgb(0x232933), rgb(0xEEF1F4)},
	Hover:      {rgb(0x2B323D), rgb(0xE3E8ED)},
	Line:       {rgb(0x2B323D), rgb(0xDDE2E8)},
	Border:     {rgb(0x3C4552), rgb(0xBFC8D2)},
	Edge:       {rgb(0x66717F), rgb(0x868F9A)},
	Text:       {rgb(0xE7EAEF), rgb(0x1A2430)},
	Muted:      {rgb(0x95A0AF), rgb(0x5C6878)},
	Accent:     {rgb(0x35B8AA), rgb(0x0C786E)},
	OnAccent:   {rgb(0x06211E), rgb(0xFFFFFF)},
	Selection:  {rgb(0x1F3A3B), rgb(0xDFF1EF)},
	OK:         {rgb(0x4CC26B), rgb(0x1B7B3B)},
	Warn:       {rgb(0xDBA53F), rgb(0x975F00)},
	Bad:        {rgb(0xF17B75), rgb(0xBD3732)},
	Info:       {rgb(0x5AA9F0), rgb(0x1F6EB7)},
	Log:        {rgb(0x111419), rgb(0xFBFCFD)},
	Chosen:     {rgb(0x24505A), rgb(0xBFE3DF)},
	Found:      {rgb(0x6B5424), rgb(0xF6DFA8)},
	OnFound:    {rgb(0xFFF3D6), rgb(0x2B2108)},
	FoundNow:   {rgb(0xDBA53F), rgb(0xE0A02A)},
	OnFoundNow: {rgb(0x1A1408), rgb(0x1A1408)},
}

// aliases are Fyne's names for what the palette has.
var aliases = map[fyne.ThemeColorName]fyne.ThemeColorName{
	fynetheme.ColorNameBackground:          Background,
	fynetheme.ColorNameButton:              Raised,
	fynetheme.ColorNameDisabledButton:      Raised,
	fynetheme.ColorNameForeground:          Text,
	fynetheme.ColorNamePlaceHolder:         Muted,
	fynetheme.ColorNamePrimary:             Accent,
	fynetheme.ColorNameFocus:               Selection,
	fynetheme.ColorNameHyperlink:           Accent,
	fynetheme.ColorNameForegroundOnPrimary: OnAccent,
	fynetheme.ColorNameInputBackground:     Background,
	fynetheme.ColorNameInputBorder:         Edge,
	fynetheme.ColorNameMenuBackground:      Panel,
	fynetheme.ColorNameOverlayBackground:   Panel,
	fynetheme.ColorNameHeaderBackground:    Panel,
	fynetheme.ColorNameSeparator:           Line,
	fynetheme.ColorNameSelection:           Selection,
	fynetheme.ColorNameHover:               Hover,
	fynetheme.ColorNamePressed:             Line,
	fynetheme.ColorNameError:               Bad,
	fynetheme.ColorNameSuccess:             OK,
	fynetheme.ColorNameWarning:             Warn,
	fynetheme.ColorNameScrollBarBackground: Panel,
}

var sizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:               TextSize,
	fynetheme.SizeNameCaptionText:        SecondSize,
	fynetheme.SizeNameHeadingText:        TitleSize,
	fynetheme.SizeNameSubHeadingText:     NameSize,
	fynetheme.SizeNameInputRadius:        Corner,
	fynetheme.SizeNamePopupRadius:        DialogCorner,
	fynetheme.SizeNameSelectionRadius:    Corner,
	fynetheme.SizeNameInlineIcon:         IconSize,
	fynetheme.SizeNameInnerPadding:       7,
	fynetheme.SizeNameScrollBar:          10,
	fynetheme.SizeNameScrollBarSmall:     4,
	fynetheme.SizeNameSeparatorThickness: 1,
	fynetheme.SizeNameModalBlurRadius:    0, // it is drawn anew with every frame, and a cursor that blinks makes sixty in a second
}

// New gives the theme in that mode.
func New(mode Mode) fyne.Theme { return look{mode} }

type look struct{ mode Mode }

// Color gives a colour of the palette, also under Fyne's own names.
func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch l.mode {
	case Light:
		variant = fynetheme.VariantLight
	case Dark:
		variant = fynetheme.VariantDark
	}
	if own, ok := aliases[name]; ok {
		name = own
	}
	if s, ok := palette[name]; ok {
		if variant == fynetheme.VariantLight {
			return s.light
		}
		return s.dark
	}
	switch name {
	case fynetheme.ColorNameDisabled:
		c := l.Color(Muted, variant).(color.NRGBA)
		c.A = 0x90
		return c
	case fynetheme.ColorNameShadow:
		return color.NRGBA{A: 0x1c}
	case fynetheme.ColorNameScrollBar:
		c := l.Color(Muted, variant).(color.NRGBA)
		c.A = 0x80
		return c
	}
	return fynetheme.DefaultTheme().Color(name, variant)
}

func (l look) Font(style fyne.TextStyle) fyne.Resource { return fynetheme.DefaultTheme().Font(style) }

func (l look) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

func (l look) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := sizes[name]; ok {
		return size
	}
	return fynetheme.DefaultTheme().Size(name)
}

// Color is a colour as the app shows it now.
func Color(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	return settings.Theme().Color(name, settings.ThemeVariant())
}
