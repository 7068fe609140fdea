/// The end of a host's name that one owner is likely to have whole: what is below it, he can invent.
///
/// The last two labels, such as example.com, or the last three where a country's registry gives out names below a short
/// second label, as with example.com.cn and example.co.uk. The list of public suffixes would know better, but changes every
/// week. Whoever owns a name as short as that is taken for a registry, and has a zone for each name below it; the other way
/// round, strangers would share one.
struct HostZone: Hashable {
    private let labels: String

    init(of host: String) {
        let labels = host.lowercased().split(separator: ".")
        let isBelowRegistry = labels.last?.utf8.count == 2 && labels.dropLast().last.map { $0.utf8.count <= 3 } == true
        self.labels = labels.suffix(isBelowRegistry ? 3 : 2).joined(separator: ".")
    }
}
