package viewmodel

import "berth/ui/i18n"

// reportPhrases are the fixed words of a diagnostics report, as the page shows them. The report that is copied stays English.
var reportPhrases = []string{
	// headings
	i18n.Mark("This computer"), i18n.Mark("Connection"), i18n.Mark("Engine"), i18n.Mark("Limits"), i18n.Mark("Further engine"), i18n.Mark("Disk"), i18n.Mark("Sandboxes"),
	i18n.Mark("Newest failures"), i18n.Mark("Notices"), i18n.Mark("Crashes"), i18n.Mark("Settings"), i18n.Mark("Berth's log"),
	// what values are
	i18n.Mark("Version"), i18n.Mark("Started"), i18n.Mark("Settings file"), i18n.Mark("Log file"), i18n.Mark("Secrets kept in"), i18n.Mark("System"),
	i18n.Mark("Kernel"), i18n.Mark("Processor"), i18n.Mark("Desktop"), i18n.Mark("Language"), i18n.Mark("An agent of ssh"), i18n.Mark("State"),
	i18n.Mark("Endpoint"), i18n.Mark("Chosen in the settings"), i18n.Mark("Why"), i18n.Mark("why"), i18n.Mark("Tried: %s"), i18n.Mark("Trouble"),
	i18n.Mark("trouble"), i18n.Mark("remedy"), i18n.Mark("command"), i18n.Mark("log"), i18n.Mark("Product"), i18n.Mark("System of the engine"),
	i18n.Mark("Kernel of the engine"), i18n.Mark("Memory"), i18n.Mark("Storage driver"), i18n.Mark("Data kept in"), i18n.Mark("Log driver"),
	i18n.Mark("Runtime"), i18n.Mark("Rootless"), i18n.Mark("Security"), i18n.Mark("HTTP proxy"), i18n.Mark("HTTPS proxy"), i18n.Mark("No proxy for"),
	i18n.Mark("Registry mirrors"), i18n.Mark("Containers"), i18n.Mark("Images"), i18n.Mark("Volumes"), i18n.Mark("Build cache"), i18n.Mark("Warning"),
	i18n.Mark("Open files of Berth"), i18n.Mark("The engine cannot limit"), i18n.Mark("Measured"), i18n.Mark("Free for the engine"),
	i18n.Mark("Free for backups"), i18n.Mark("container"), i18n.Mark("image"), i18n.Mark("limits"), i18n.Mark("last exit"), i18n.Mark("opened wider"),
	// values that are Berth's own words
	i18n.Mark("yes"), i18n.Mark("no"), i18n.Mark("none"), i18n.Mark("the system keyring"), i18n.Mark("the system keyring, which is locked"), i18n.Mark("the system keyring, which is locked; until it opens also %s"), i18n.Mark("a file only you can read, %s (no keyring answers)"),
	i18n.Mark("No engine is connected."), i18n.Mark("nothing that Berth asks for"),
	i18n.Mark("Not measured. The engine counts it when asked, which may take a while."), i18n.Mark("There is none."),
	i18n.Mark("Not known: no engine told of them."), i18n.Mark("No task has failed since Berth started."), i18n.Mark("There was none since Berth started."),
	i18n.Mark("None is known."), i18n.Mark("It is empty."),
	// the task that measures
	i18n.Mark("Measuring the engine's disk"), i18n.Mark("Images, containers, volumes"), i18n.Mark("counting"), i18n.Mark("counted"),
	i18n.Mark("the engine keeps %s"),
}
