internal import CJansson

extension JSON {
    package func set(_ name: String, _ text: String) { unsafe json_object_set_new(value, name, json_text(text)) }

    package func set(_ name: String, _ number: Int) {
        unsafe json_object_set_new(value, name, json_integer(json_int_t(number)))
    }

    package func set(_ name: String, _ truth: Bool) {
        unsafe json_object_set_new(value, name, json_boolean_value(truth))
    }

    package func setNull(_ name: String) { unsafe json_object_set_new(value, name, json_null()) }

    package func set(_ name: String, _ child: borrowing JSON) {
        unsafe json_object_set_new(value, name, json_incref(child.value))
    }

    package func set(_ name: String, _ texts: [String]) {
        let array = unsafe json_array()
        for text in texts { unsafe json_array_append_new(array, json_text(text)) }
        unsafe json_object_set_new(value, name, array)
    }

    /// An array of one.
    package func set(_ name: String, only child: borrowing JSON) {
        let array = unsafe json_array()
        unsafe json_array_append_new(array, json_incref(child.value))
        unsafe json_object_set_new(value, name, array)
    }

    /// The deterministic form that RFC 8225 §9 signs: names in code-point order at every level, no white space,
    /// `/` unescaped, everything beyond ASCII as UTF-8. A string stands with its quotes.
    package func canonicalText() -> [UInt8] {
        let flags = Int(JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)
        let count = unsafe json_dumpb(value, nil, 0, flags)
        return [UInt8](capacity: count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
                initialized = unsafe json_dumpb(value, buffer.baseAddress, count, flags)
            }
        }
    }
}

@unsafe private func json_boolean_value(_ truth: Bool) -> UnsafeMutablePointer<json_t>? {
    truth ? unsafe json_true() : unsafe json_false()
}

/// Counted, so that a NUL inside the text is kept and not taken for its end.
@unsafe private func json_text(_ text: String) -> UnsafeMutablePointer<json_t>? {
    let text = text.utf8.span
    return unsafe text.withUnsafeBytes { text in
        guard let start = text.baseAddress else { return unsafe json_string("") }
        return unsafe json_stringn(start.assumingMemoryBound(to: CChar.self), text.count)
    }
}
