/// The third migration: the carriers with which there is a trunk link, and which trunks have their assertions handed over it.
extension LedgerSchema {
    static let third = """
        CREATE TABLE peer (
            carrier TEXT NOT NULL,
            address TEXT CHECK (length(address) BETWEEN 3 AND 260 AND address GLOB '*?:[1-9]*' AND address NOT GLOB '*[^!-~]*'),
            state TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
            transit INTEGER NOT NULL CHECK (transit IN (0, 1)),
            contact TEXT CHECK (length(contact) BETWEEN 1 AND 200),
            \(versions), PRIMARY KEY (carrier, since)
        ) STRICT, WITHOUT ROWID;
        \(rules(of: "peer", key: ["carrier"], ["address", "state", "transit", "contact"]))

        ALTER TABLE trunk ADD COLUMN circuit TEXT CHECK (
            circuit IS NULL OR length(circuit) BETWEEN 1 AND 64 AND circuit NOT GLOB '*[^!-~]*'
            AND peer IS NOT NULL AND class IN ('interconnect', 'international'));
        ALTER TABLE trunk ADD COLUMN handover INTEGER NOT NULL DEFAULT 0 CHECK (
            handover = 0 OR handover = 1 AND circuit IS NOT NULL);
        CREATE TRIGGER trunk_link_stays BEFORE UPDATE OF circuit, handover ON trunk
        BEGIN SELECT RAISE(ABORT, 'trunk: history does not change'); END;
        """
}
